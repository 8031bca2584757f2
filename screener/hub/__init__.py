"""A courier hub's side: parcels as messages of the contract, and every way in which messages go wrong."""
