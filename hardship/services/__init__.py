"""Every write of hardship: files and their parts, what is checked, how it ends, what is given."""
