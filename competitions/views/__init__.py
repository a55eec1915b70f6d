"""Pages of competitions in the portal."""
