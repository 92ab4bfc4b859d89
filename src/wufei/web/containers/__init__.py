"""What the pages of containers show, ask and print."""
