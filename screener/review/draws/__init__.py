"""Random inspection made public: the draw of parcels and officers of a day, and its proof."""
