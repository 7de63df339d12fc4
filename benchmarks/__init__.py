"""What is measured and how. Each benchmark is a command that prints a table."""
