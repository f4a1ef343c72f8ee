"""Acceptance: tables of measured promises, each line with its bar, its figure and its verdict."""
