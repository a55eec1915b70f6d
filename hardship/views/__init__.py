"""The pages of hardship in the portal."""
