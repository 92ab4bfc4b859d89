"""The pages of people: who works where, mandates, claims, files, one's own data, the checklist."""
