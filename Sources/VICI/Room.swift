// VICI
