"""What the commands say: tables and sentences for people, a module for each subject."""
