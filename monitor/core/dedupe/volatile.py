"""."""
def mask_volatile(text: str) -> str:
    """."""
    return text
