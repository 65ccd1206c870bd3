//! The QR code of a station's page, as SVG, PNG and PDF.

use crate::pdf;
use flate2::{Compression, Crc, write::ZlibEncoder};
use qrcode::{Color, EcLevel, QrCode, render::svg};
use std::io::Write as _;

/// Quiet zone around the code, in modules.
const QUIET: usize = 4;
/// Pixels a module in PNG.
const SCALE: usize = 6;

/// A QR code of a text.
#[derive(Clone)]
pub(crate) struct Qr(QrCode);

impl Qr {
    /// Nothing where the text is too long.
    pub(crate) fn of(text: &str) -> Option<Self> {
        QrCode::with_error_correction_level(text, EcLevel::M)
            .ok()
            .map(Self)
    }

    pub(crate) fn svg(&self) -> String {
        self.0
            .render::<svg::Color<'_>>()
            .min_dimensions(240, 240)
            .build()
    }

    /// The dark modules, row by row, with a quiet zone around them.
    fn rows(&self) -> Vec<Vec<bool>> {
        let width = self.0.width();
        let colours = self.0.to_colors();
        let whole = width + 2 * QUIET;
        (0..whole)
            .map(|y| {
                (0..whole)
                    .map(|x| {
                        let inside = x.checked_sub(QUIET).zip(y.checked_sub(QUIET));
                        inside
                            .filter(|(x, y)| *x < width && *y < width)
                            .and_then(|(x, y)| colours.get(y * width + x))
                            == Some(&Color::Dark)
                    })
                    .collect()
            })
            .collect()
    }

    /// Black and white, one byte a pixel.
    pub(crate) fn png(&self) -> Option<Vec<u8>> {
        let rows = self.rows();
        let side = u32::try_from(rows.len() * SCALE).ok()?;
        let mut pixels = Vec::new();
        for row in &rows {
            let line = row
                .iter()
                .flat_map(|dark| [if *dark { 0 } else { 255 }; SCALE]);
            // Every line says first how it is filtered: not at all.
            let line: Vec<u8> = [0].into_iter().chain(line).collect();
            (0..SCALE).for_each(|_| pixels.extend(&line));
        }
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&pixels).ok()?;
        let size = side.to_be_bytes();
        // 8 bits, grey, the only compression and filter there are, not interlaced.
        let head = [&size[..], &size, &[8, 0, 0, 0, 0]].concat();
        let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
        chunk(&mut out, b"IHDR", &head)?;
        chunk(&mut out, b"IDAT", &packed.finish().ok()?)?;
        chunk(&mut out, b"IEND", &[])?;
        Some(out)
    }

    /// A page with the code and a line of text below it.
    pub(crate) fn pdf(&self, text: &[String]) -> Vec<u8> {
        pdf::page(&self.rows(), text)
    }
}

fn chunk(out: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) -> Option<()> {
    let mut crc = Crc::new();
    crc.update(name);
    crc.update(data);
    out.extend(u32::try_from(data.len()).ok()?.to_be_bytes());
    out.extend(name);
    out.extend(data);
    out.extend(crc.sum().to_be_bytes());
    Some(())
}
