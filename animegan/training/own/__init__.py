"""A style of one's own: pairs of photo and drawing become a weights file."""
