"""Work reports: wording, official layout, rendering and measuring. Knows indicators by code."""
