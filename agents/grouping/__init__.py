"""Groups of questions: neighbours, words, periods."""
