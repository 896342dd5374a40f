"""Rules as rows: what each is called, what it states, why it may be used, and the few lines that apply it."""
