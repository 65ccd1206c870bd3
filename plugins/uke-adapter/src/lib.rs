//! Adapter: the product's own RECEIPTH.UKE as claim document
