"""Views of the papers of a hazardous-waste unit."""
