"""Bad files: what strangers may upload; each is refused with its place, at once, in little memory, nothing stored."""
