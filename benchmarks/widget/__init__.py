"""The chat widget in a browser: its size, how quickly it shows something, and pictures of it."""
