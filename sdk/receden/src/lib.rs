//! レセ電 (receipt computer-processing) files: editions as data, a lossless reader and writer, checks
