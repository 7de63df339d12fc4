"""How conversations end: simulated patients, drawn at random, talk with the real agent."""
