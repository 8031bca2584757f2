"""What the parcels that were opened say of all parcels: values in, values out."""
