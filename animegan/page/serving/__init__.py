"""What happens behind the page: the server, runs, turns, sessions, limits, cameras."""
