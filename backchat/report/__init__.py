"""What a clinician gets: the clinical content as a page to review, and a decision with its reasons."""
