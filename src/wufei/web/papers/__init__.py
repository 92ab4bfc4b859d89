"""Pages of the papers that a hazardous-waste unit keeps and files: register, plan, declaration and the others."""
