"""What a person can trigger, and with which key."""
