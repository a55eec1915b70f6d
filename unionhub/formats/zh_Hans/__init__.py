"""Formats of simplified Chinese pages."""
