"""Decide which match becomes which message and when: policies, pacing, text, alarms for operators."""
