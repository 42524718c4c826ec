"""Say what is seen: one box per action, by mouse and by keyboard."""
