"""What a server does with requests that mean it harm."""
