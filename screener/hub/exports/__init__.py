"""What scanners and postal systems export, as content and facts that the contract's messages carry."""
