"""Arithmetic of honours: pure, each rule naming its document."""
