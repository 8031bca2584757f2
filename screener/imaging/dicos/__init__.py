"""DICOS files (NEMA IIC 1; files and elements as in DICOM PS3.10 and PS3.5): 2-D digital X-ray objects."""
