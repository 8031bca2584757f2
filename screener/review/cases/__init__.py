"""Cases: parcels, people, notes, files and tasks of one investigation, over several agencies."""
