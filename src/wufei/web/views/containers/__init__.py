"""The pages of containers: the list, one container, scanning, labelling, printing labels."""
