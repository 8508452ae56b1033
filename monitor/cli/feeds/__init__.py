"""The verbs of `monitor feeds`, a file each."""
