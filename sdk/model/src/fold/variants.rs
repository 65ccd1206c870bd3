//! Forms of one character, as reviewed data.
//!
//! One row a form: the pairs of 旧字体 and 新字体 that occur in names, the 異体字 and 俗字 that registers of
//! families hold and other systems cannot show. Written and read by hand from general knowledge of the
//! characters, from no official table (戸籍統一文字 names far more); nothing is derived at run
//! time. A row of [`VariantKind::Mixed`] says that two characters are **different** and that offices
//! take one for the other all the same; it supports a match and never makes one.

use std::collections::HashMap;
use std::sync::LazyLock;

/// How a form and its character belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VariantKind {
    /// 旧字体: 國 and 国.
    Old,
    /// 異体字: 嶋 and 島.
    Variant,
    /// 俗字, with the 拡張新字体 of JIS: 髙 and 高.
    Popular,
    /// 互換漢字 that Unicode does not normalise away; those it does vanish before this table is asked.
    Compatible,
    /// 別字の混用: different characters that stand for one another in files.
    Mixed,
}

impl VariantKind {
    /// The trade's word.
    #[must_use]
    pub const fn name_ja(self) -> &'static str {
        match self {
            Self::Old => "旧字体",
            Self::Variant => "異体字",
            Self::Popular => "俗字",
            Self::Compatible => "互換漢字",
            Self::Mixed => "別字の混用",
        }
    }
}

/// One row: a form, the character it is folded to, how they belong together, and a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// The form.
    pub form: char,
    /// The character that stands for the class.
    pub of: char,
    /// How they belong together.
    pub kind: VariantKind,
    /// What a reader of the table should know.
    pub note: &'static str,
}

/// The character a form is folded to, one character being one however it is written.
pub(super) fn of_one_character(c: char) -> char {
    static OF: LazyLock<HashMap<char, char>> =
        LazyLock::new(|| table(|kind| kind != VariantKind::Mixed));
    OF.get(&c).copied().unwrap_or(c)
}

/// The character that stands for those that are taken for one another.
pub(super) fn of_mixed(c: char) -> char {
    static OF: LazyLock<HashMap<char, char>> =
        LazyLock::new(|| table(|kind| kind == VariantKind::Mixed));
    let c = of_one_character(c);
    OF.get(&c).copied().unwrap_or(c)
}

fn table(keep: impl Fn(VariantKind) -> bool) -> HashMap<char, char> {
    VARIANTS
        .iter()
        .filter(|row| keep(row.kind))
        .map(|row| (row.form, row.of))
        .collect()
}

const fn row(form: char, of: char, kind: VariantKind, note: &'static str) -> Variant {
    Variant {
        form,
        of,
        kind,
        note,
    }
}

const fn old(form: char, of: char) -> Variant {
    row(form, of, VariantKind::Old, "")
}

const fn variant(form: char, of: char) -> Variant {
    row(form, of, VariantKind::Variant, "")
}

const fn popular(form: char, of: char, note: &'static str) -> Variant {
    row(form, of, VariantKind::Popular, note)
}

const fn mixed(form: char, of: char, note: &'static str) -> Variant {
    row(form, of, VariantKind::Mixed, note)
}

/// The table.
#[rustfmt::skip]
pub const VARIANTS: &[Variant] = &[
    old('亞', '亜'), old('惡', '悪'), old('壓', '圧'), old('圍', '囲'), old('爲', '為'),
    old('醫', '医'), old('壹', '壱'), old('隱', '隠'), old('榮', '栄'), old('營', '営'),
    old('衞', '衛'), old('驛', '駅'), old('圓', '円'), old('緣', '縁'), old('艷', '艶'),
    old('鹽', '塩'), old('奧', '奥'), old('應', '応'), old('橫', '横'), old('歐', '欧'),
    old('黃', '黄'), old('溫', '温'), old('穩', '穏'), old('假', '仮'), old('價', '価'),
    old('畫', '画'), old('會', '会'), old('壞', '壊'), old('懷', '懐'), old('繪', '絵'),
    old('擴', '拡'), old('覺', '覚'), old('學', '学'), old('嶽', '岳'), old('樂', '楽'),
    old('渴', '渇'), old('卷', '巻'), old('勸', '勧'), old('寬', '寛'), old('關', '関'),
    old('歡', '歓'), old('觀', '観'), old('氣', '気'), old('歸', '帰'), old('龜', '亀'),
    old('戲', '戯'), old('舊', '旧'), old('據', '拠'), old('擧', '挙'), old('峽', '峡'),
    old('挾', '挟'), old('狹', '狭'), old('堯', '尭'), old('曉', '暁'), old('區', '区'),
    old('驅', '駆'), old('勳', '勲'), old('薰', '薫'), old('徑', '径'), old('惠', '恵'),
    old('溪', '渓'), old('經', '経'), old('繼', '継'), old('莖', '茎'), old('螢', '蛍'),
    old('輕', '軽'), old('鷄', '鶏'), old('藝', '芸'), old('擊', '撃'), old('儉', '倹'),
    old('劍', '剣'), old('圈', '圏'), old('檢', '検'), old('權', '権'), old('獻', '献'),
    old('縣', '県'), old('險', '険'), old('顯', '顕'), old('驗', '験'), old('嚴', '厳'),
    old('巖', '巌'), old('效', '効'), old('廣', '広'), old('恆', '恒'), old('鑛', '鉱'),
    old('號', '号'), old('國', '国'), old('黑', '黒'), old('濟', '済'), old('齋', '斎'),
    old('劑', '剤'), old('櫻', '桜'), old('雜', '雑'), old('參', '参'), old('棧', '桟'),
    old('蠶', '蚕'), old('贊', '賛'), old('殘', '残'), old('絲', '糸'), old('齒', '歯'),
    old('兒', '児'), old('辭', '辞'), old('濕', '湿'), old('實', '実'), old('寫', '写'),
    old('釋', '釈'), old('壽', '寿'), old('收', '収'), old('從', '従'), old('澁', '渋'),
    old('獸', '獣'), old('縱', '縦'), old('肅', '粛'), old('處', '処'), old('緖', '緒'),
    old('敍', '叙'), old('奬', '奨'), old('將', '将'), old('稱', '称'), old('證', '証'),
    old('乘', '乗'), old('剩', '剰'), old('壤', '壌'), old('孃', '嬢'), old('條', '条'),
    old('淨', '浄'), old('狀', '状'), old('疊', '畳'), old('穰', '穣'), old('讓', '譲'),
    old('釀', '醸'), old('觸', '触'), old('寢', '寝'), old('愼', '慎'), old('晉', '晋'),
    old('眞', '真'), old('盡', '尽'), old('圖', '図'), old('粹', '粋'), old('醉', '酔'),
    old('隨', '随'), old('數', '数'), old('樞', '枢'), old('瀨', '瀬'), old('淸', '清'),
    old('聲', '声'), old('靑', '青'), old('靜', '静'), old('齊', '斉'), old('攝', '摂'),
    old('專', '専'), old('戰', '戦'), old('淺', '浅'), old('潛', '潜'), old('纖', '繊'),
    old('錢', '銭'), old('禪', '禅'), old('雙', '双'), old('壯', '壮'), old('搜', '捜'),
    old('插', '挿'), old('爭', '争'), old('總', '総'), old('聰', '聡'), old('莊', '荘'),
    old('裝', '装'), old('增', '増'), old('藏', '蔵'), old('屬', '属'), old('續', '続'),
    old('體', '体'), old('對', '対'), old('帶', '帯'), old('臺', '台'), old('瀧', '滝'),
    old('擇', '択'), old('澤', '沢'), old('單', '単'), old('擔', '担'), old('團', '団'),
    old('彈', '弾'), old('斷', '断'), old('遲', '遅'), old('晝', '昼'), old('蟲', '虫'),
    old('鑄', '鋳'), old('廳', '庁'), old('聽', '聴'), old('鎭', '鎮'), old('鐵', '鉄'),
    old('轉', '転'), old('點', '点'), old('傳', '伝'), old('黨', '党'), old('燈', '灯'),
    old('當', '当'), old('德', '徳'), old('獨', '独'), old('讀', '読'), old('屆', '届'),
    old('貳', '弐'), old('惱', '悩'), old('腦', '脳'), old('霸', '覇'), old('廢', '廃'),
    old('拜', '拝'), old('賣', '売'), old('麥', '麦'), old('發', '発'), old('髮', '髪'),
    old('拔', '抜'), old('祕', '秘'), old('彥', '彦'), old('濱', '浜'), old('佛', '仏'),
    old('拂', '払'), old('變', '変'), old('邊', '辺'), old('辨', '弁'), old('舖', '舗'),
    old('步', '歩'), old('穗', '穂'), old('寶', '宝'), old('豐', '豊'), old('飜', '翻'),
    old('槇', '槙'), old('萬', '万'), old('滿', '満'), old('默', '黙'), old('彌', '弥'),
    old('譯', '訳'), old('藥', '薬'), old('與', '与'), old('豫', '予'), old('餘', '余'),
    old('譽', '誉'), old('搖', '揺'), old('樣', '様'), old('謠', '謡'), old('遙', '遥'),
    old('來', '来'), old('賴', '頼'), old('亂', '乱'), old('覽', '覧'), old('龍', '竜'),
    old('兩', '両'), old('獵', '猟'), old('綠', '緑'), old('凜', '凛'), old('壘', '塁'),
    old('禮', '礼'), old('勵', '励'), old('靈', '霊'), old('齡', '齢'), old('戀', '恋'),
    old('爐', '炉'), old('勞', '労'), old('樓', '楼'), old('郞', '郎'), old('灣', '湾'),
    old('祿', '禄'), old('錄', '録'), old('鄕', '郷'), old('鷗', '鴎'), old('瑤', '瑶'),
    old('曆', '暦'), old('歷', '歴'), old('吳', '呉'), old('內', '内'), old('每', '毎'),
    old('敎', '教'), old('悅', '悦'), old('說', '説'), old('脫', '脱'), old('稅', '税'),
    old('銳', '鋭'), old('閱', '閲'), old('鍊', '錬'), old('顏', '顔'), old('姬', '姫'),
    old('巢', '巣'), old('徵', '徴'), old('淚', '涙'), old('涉', '渉'), old('硏', '研'),
    old('絕', '絶'), old('舍', '舎'), old('虛', '虚'), old('戶', '戸'), old('晚', '晩'),
    old('曾', '曽'), old('莱', '萊'), old('禰', '祢'), old('蘆', '芦'), old('檜', '桧'),
    old('鶯', '鴬'), old('騨', '驒'), old('稻', '稲'), old('壻', '婿'), old('姊', '姉'),
    old('旣', '既'), old('卽', '即'), old('强', '強'), old('淵', '渕'), old('繩', '縄'),
    old('臟', '臓'), old('鬪', '闘'), old('兔', '兎'),
    variant('邉', '辺'), variant('嶋', '島'), variant('嶌', '島'), variant('隝', '島'),
    variant('嶹', '島'), variant('嵜', '崎'), variant('㟢', '崎'), variant('濵', '浜'),
    variant('寳', '宝'), variant('峯', '峰'), variant('穐', '秋'), variant('龝', '秋'),
    variant('秌', '秋'), variant('舘', '館'), variant('舩', '船'), variant('曻', '昇'),
    variant('喆', '哲'), variant('埜', '野'), variant('靏', '鶴'), variant('靍', '鶴'),
    variant('亰', '京'), variant('圀', '国'), variant('勛', '勲'), variant('惪', '徳'),
    variant('悳', '徳'), variant('斈', '学'), variant('枩', '松'), variant('柗', '松'),
    variant('枀', '松'), variant('栢', '柏'), variant('桺', '柳'), variant('熙', '煕'),
    variant('熈', '煕'), variant('姸', '妍'), variant('皋', '皐'), variant('臯', '皐'),
    variant('畱', '留'), variant('畄', '留'), variant('秊', '年'), variant('翆', '翠'),
    variant('緜', '綿'), variant('萠', '萌'), variant('裡', '裏'), variant('邨', '村'),
    variant('鄉', '郷'), variant('銕', '鉄'), variant('鐡', '鉄'), variant('閒', '間'),
    variant('鄰', '隣'), variant('雞', '鶏'), variant('穎', '頴'), variant('啟', '啓'),
    variant('丗', '世'), variant('乕', '虎'), variant('廸', '迪'), variant('徃', '往'),
    variant('冱', '冴'), variant('冲', '沖'), variant('凉', '涼'), variant('况', '況'),
    variant('决', '決'), variant('凖', '準'), variant('囘', '回'), variant('囬', '回'),
    variant('吕', '呂'), variant('脉', '脈'), variant('崕', '崖'), variant('恊', '協'),
    variant('竝', '並'), variant('竒', '奇'), variant('俻', '備'), variant('龢', '和'),
    variant('睿', '叡'), variant('帋', '紙'), variant('燿', '耀'), variant('暎', '映'),
    variant('昻', '昂'), variant('渊', '渕'), variant('崗', '岡'), variant('㟁', '岸'),
    variant('棊', '棋'), variant('璢', '瑠'), variant('廚', '厨'), variant('筱', '篠'),
    variant('簑', '蓑'), variant('鴈', '雁'), variant('鳫', '雁'), variant('裵', '裴'),
    variant('烱', '炯'), variant('烟', '煙'), variant('杦', '杉'), variant('桝', '枡'),
    variant('楳', '梅'), variant('槑', '梅'), variant('柹', '柿'), variant('欝', '鬱'),
    variant('冰', '氷'), variant('泪', '涙'), variant('澂', '澄'), variant('瀦', '潴'),
    variant('畧', '略'), variant('盃', '杯'), variant('眀', '明'), variant('朙', '明'),
    variant('砿', '鉱'), variant('竃', '竈'), variant('莓', '苺'), variant('菴', '庵'),
    variant('葊', '庵'), variant('鑒', '鑑'), variant('顚', '顛'), variant('駈', '駆'),
    variant('讚', '讃'), variant('迯', '逃'), variant('輙', '輒'), variant('隂', '陰'),
    variant('莵', '菟'), variant('甞', '嘗'),
    popular('髙', '高', "はしごだか"), popular('﨑', '崎', "たつさき"), popular('𠮷', '吉', "つちよし"),
    popular('冨', '富', "わかんむり"), popular('桒', '桑', ""), popular('栁', '柳', ""),
    popular('圡', '土', "点のつく土"), popular('夲', '本', ""), popular('槗', '橋', ""),
    popular('𣘺', '橋', ""), popular('珎', '珍', ""), popular('躰', '体', ""),
    popular('觧', '解', ""), popular('釡', '釜', ""), popular('凢', '凡', ""),
    popular('凣', '凡', ""), popular('刄', '刃', ""), popular('亊', '事', ""),
    popular('卆', '卒', ""), popular('囯', '国', ""), popular('宻', '密', ""),
    popular('宫', '宮', ""), popular('㐂', '喜', "七を三つ"), popular('斍', '覚', ""),
    popular('旾', '春', ""), popular('旹', '時', ""), popular('苐', '第', ""),
    popular('貭', '質', ""), popular('逹', '達', ""), popular('閇', '閉', ""),
    popular('愽', '博', ""), popular('盖', '蓋', ""), popular('皷', '鼓', ""),
    popular('軣', '轟', ""), popular('壷', '壺', "拡張新字体"), popular('薮', '藪', "拡張新字体"),
    popular('篭', '籠', "拡張新字体"), popular('蛎', '蠣', "拡張新字体"), popular('梼', '檮', "拡張新字体"),
    popular('涛', '濤', "拡張新字体"), popular('祷', '禱', "拡張新字体"), popular('侠', '俠', "拡張新字体"),
    popular('蒋', '蔣', "拡張新字体"), popular('繋', '繫', "拡張新字体"), popular('倶', '俱', "拡張新字体"),
    popular('頬', '頰', "拡張新字体"), popular('麹', '麴', "拡張新字体"), popular('諌', '諫', "拡張新字体"),
    popular('頚', '頸', "拡張新字体"), popular('焔', '焰', "拡張新字体"), popular('醤', '醬', "拡張新字体"),
    popular('蝉', '蟬', "拡張新字体"), popular('檪', '櫟', "拡張新字体"), popular('纉', '纘', "拡張新字体"),
    popular('溌', '潑', "拡張新字体"), popular('尓', '爾', ""),
    row('﨤', '返', VariantKind::Compatible, "互換漢字の区画にあるが正規化されない"),
    mixed('斎', '斉', "斉（齊）と斎（齋）は別の字。保険者と事業所でよく食い違う"),
    mixed('碕', '崎', "別の字。碕と崎の取り違え"),
    mixed('薗', '園', "別の姓。薗田と園田"),
    mixed('亙', '亘', "別の字。互いに代用される"),
    mixed('苅', '刈', "別の字。苅田と刈田"),
    mixed('阪', '坂', "別の字。大阪と大坂"),
    mixed('杮', '柿', "こけらとかき。形が似る"),
    mixed('庄', '荘', "別の字。互いに代用される"),
    mixed('礒', '磯', "別の姓。互いに代用される"),
    mixed('蔭', '陰', "別の字。互いに代用される"),
    mixed('洲', '州', "別の字。互いに代用される"),
    mixed('荻', '萩', "おぎとはぎ。形が似る"),
    mixed('掘', '堀', "てへんとつちへん"),
    mixed('畠', '畑', "別の姓。互いに代用される"),
    mixed('籐', '藤', "たけかんむりとくさかんむり"),
    mixed('管', '菅', "たけかんむりとくさかんむり"),
    mixed('網', '綱', "形が似る"),
    mixed('冶', '治', "にすいとさんずい"),
    mixed('朗', '郎', "一郎と一朗"),
    mixed('巳', '己', "克巳と克己"),
    mixed('已', '己', "克已と克己"),
    mixed('游', '遊', "別の字。互いに代用される"),
    mixed('埼', '崎', "埼玉の埼"),
    mixed('ニ', '二', "片仮名のニと漢数字"),
    mixed('ロ', '口', "片仮名のロとくち"),
    mixed('カ', '力', "片仮名のカとちから"),
    mixed('エ', '工', "片仮名のエと工"),
    mixed('ハ', '八', "片仮名のハと漢数字"),
    mixed('ト', '卜', "片仮名のトと卜"),
    mixed('タ', '夕', "片仮名のタと夕"),
    mixed('ー', '一', "長音と漢数字"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold;
    use std::collections::HashSet;

    #[test]
    fn every_form_stands_once_and_folds_in_one_step() {
        let mut forms = HashSet::new();
        for row in VARIANTS {
            assert!(forms.insert(row.form), "{} stands twice", row.form);
            assert_ne!(row.form, row.of);
        }
        for row in VARIANTS {
            let of = match row.kind {
                VariantKind::Mixed => of_mixed(row.of),
                _ => of_one_character(row.of),
            };
            assert_eq!(of, row.of, "{} is itself a form", row.of);
        }
    }

    /// A row for what Unicode normalises away would never be asked.
    #[test]
    fn no_row_is_dead() {
        for row in VARIANTS {
            assert_eq!(fold::name(&row.form.to_string()), row.form.to_string());
            assert_eq!(fold::name(&row.of.to_string()), row.of.to_string());
        }
    }

    #[test]
    fn the_table_is_large_and_says_why_characters_that_differ_stand_in_it() {
        assert!(VARIANTS.len() >= 400, "{}", VARIANTS.len());
        for row in VARIANTS.iter().filter(|r| r.kind == VariantKind::Mixed) {
            assert!(!row.note.is_empty(), "{}", row.form);
        }
    }
}
