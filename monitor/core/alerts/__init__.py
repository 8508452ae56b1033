"""Which match becomes which message, and when: policies, pacing, wording, alarms for operators."""
