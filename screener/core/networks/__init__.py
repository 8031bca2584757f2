"""Who belongs together: parcels that share a person, a phone number or an address."""
