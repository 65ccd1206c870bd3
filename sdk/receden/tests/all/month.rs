//! A month of fictional receipts of any size, of which no rule finds anything.

use receden::repertoire;
use reseplug_model::check_digit;

/// One fictional station's file for the 支払基金 of at least so many bytes.
pub(crate) fn of_size(bytes: usize) -> Vec<u8> {
    let mut file = Vec::with_capacity(bytes + 4096);
    line(
        &mut file,
        "HM,1,13,6,9999998,架空訪問看護ステーション,202411,03-0000-0000",
    );
    let mut number = 0;
    while file.len() < bytes {
        number += 1;
        receipt(&mut file, number);
    }
    line(&mut file, "GO");
    file.push(receden::EOF);
    file
}

fn line(file: &mut Vec<u8>, text: &str) {
    file.extend(repertoire::encode(text).unwrap());
    file.extend(b"\r\n");
}

/// The digits of a number in full width.
fn wide(number: usize) -> String {
    number
        .to_string()
        .chars()
        .map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap())
        .collect()
}

fn with_check_digit(prefix: &str, body: &str) -> String {
    format!("{body}{}", check_digit(&format!("{prefix}{body}")).unwrap())
}

/// The n-th receipt, from 1: who it is and how often visited follows from the number.
fn receipt(file: &mut Vec<u8>, number: usize) {
    const FAMILY: [(&str, &str); 4] = [
        ("架空", "カクウ"),
        ("見本", "ミホン"),
        ("例示", "レイジ"),
        ("試験", "シケン"),
    ];
    const GIVEN: [(&str, &str); 5] = [
        ("太郎", "タロウ"),
        ("花子", "ハナコ"),
        ("次郎", "ジロウ"),
        ("百合子", "ユリコ"),
        ("一", "ハジメ"),
    ];
    let (family, family_kana) = FAMILY[number % FAMILY.len()];
    let (given, given_kana) = GIVEN[number / 4 % GIVEN.len()];
    let card = wide(number);
    let ward = format!("{:02}", number % 28 + 1);
    // 本人 · 家族 with 難病 · 未就学者 · 生活保護 alone
    let (kind, birth, remark, insurer, public, burden) = match number % 4 {
        0 => ("6112", "1968", "", true, None, "1"),
        1 => ("6126", "1975", "29", true, Some("54136015"), "2"),
        2 => ("6114", "2021", "", true, None, "1"),
        _ => ("6212", "1960", "", false, Some("12130019"), "5"),
    };
    let days: Vec<usize> = (1 + number % 3..=31).step_by(2 + number % 5).collect();
    let count = days.len();
    let total = 5550 + 7670 + (count - 1) * (5550 + 3000);
    line(
        file,
        &format!(
            "RE,{number},{kind},202410,{family}　{given},{family_kana}{given_kana},{},{birth}04{ward},,,,{remark},,P{number:06},",
            number % 2 + 1
        ),
    );
    if insurer {
        line(
            file,
            &format!("HO,01130012,１２３,{card},{count},{total},,,,,,"),
        );
    }
    if let Some(public) = public {
        let recipient = with_check_digit("", &format!("{:06}", number % 1_000_000));
        line(file, &format!("KO,{public},{recipient},,{count},{total},,"));
    }
    if insurer {
        line(file, "SN,1,01,,,,00,,");
    } else {
        line(file, "SN,2,01,,,,,,");
    }
    let table: String = (1..=31)
        .map(|day| if days.contains(&day) { ",1" } else { "," })
        .collect();
    for payer in 1..=2 {
        if (payer == 1 && insurer) || (payer == 2 && public.is_some()) {
            line(file, &format!("JD,{payer}{table}"));
        }
    }
    if insurer {
        line(file, &format!("MF,00{}", ",".repeat(31)));
    }
    let clinic = with_check_digit("131", "012345");
    line(
        file,
        &format!("IH,13,1,{clinic},架空診療所,医師　一男,20241028"),
    );
    line(file, "HJ,01,20241001,20241231");
    line(
        file,
        "JS,移動に一部介助が必要。服薬管理に見守りを要する。,03,,,",
    );
    line(file, "SY,8833421,,,");
    line(file, &format!("RJ,20240610,01{}", ",".repeat(26)));
    for (n, day) in days.iter().enumerate() {
        line(
            file,
            &format!("KA,202410{day:02},{burden},510000110,,5550,03,01,01"),
        );
        let (code, yen) = if n == 0 {
            ("550000410", 7670)
        } else {
            ("550000510", 3000)
        };
        line(
            file,
            &format!("KA,202410{day:02},{burden},{code},,{yen},,,"),
        );
    }
}
