"""The investigators' workstation: flagged parcels become work for people, and what they find goes back."""
