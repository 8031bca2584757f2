"""Documents to keep: PDF and XLSX."""
