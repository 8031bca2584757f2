"""Officers on the spot: parcels by barcode, openings, and pictures of a mobile scanner."""
