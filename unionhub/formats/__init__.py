"""How dates stand in tables and fields: 2026-11-21, in any language setting."""
