"""Who sends to whom: the graph of the parcels of interest, and the groups in it."""
