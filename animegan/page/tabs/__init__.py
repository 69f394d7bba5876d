"""The tabs of the page, each with its components and its events."""
