"""Records to Qt rows."""
