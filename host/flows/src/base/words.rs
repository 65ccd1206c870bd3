//! What is said of outputs that were built on, left out or are gone.

use super::{Carried, Gone};

impl Carried {
    /// That it is part of what was made, for people.
    pub fn carried_ja(&self) -> String {
        format!(
            "まだ製品に取り込まれていない変更（処理 {}）を含めて作成しました: {}　含めたくないときは、このファイルを消してからやり直すと、製品の書類から作ります",
            self.job,
            self.path.display()
        )
    }

    /// The same in English.
    pub fn carried_en(&self) -> String {
        format!(
            "made with the changes of job {}, which the product has not imported yet: {}. To leave them out, remove that file and run again: then the product's own document is built on",
            self.job,
            self.path.display()
        )
    }

    /// That it is not part of what was checked, for people.
    pub fn pending_ja(&self) -> String {
        format!(
            "受け入れた変更（処理 {}）が、まだ製品に取り込まれていません: {}　今の請求ファイルは製品の書類から作ったもので、この変更を含みません。取り込んでから、もう一度行ってください",
            self.job,
            self.path.display()
        )
    }

    /// The same in English.
    pub fn pending_en(&self) -> String {
        format!(
            "the product has not imported the changes accepted in job {} yet: {}. The claim files here are made of the product's documents, without them: import that file, then run again",
            self.job,
            self.path.display()
        )
    }

    /// That its place was taken, for people.
    pub fn replaced_ja(&self) -> String {
        format!(
            "{} は処理 {} が書き出したものですが、そのあと製品の書類が変わったか、レセプトの移動・分割で番号が変わったため、引き継がずに製品の今の書類から作りました。処理 {} で受け入れた変更のうち、製品に取り込んでおらず今回の結果にもないものは、今の書き出しに入っていません。もう一度受け入れてください",
            self.path.display(),
            self.job,
            self.job
        )
    }

    /// The same in English.
    pub fn replaced_en(&self) -> String {
        format!(
            "{} was written by job {}, but the product's document has changed since, or receipts were moved or split there and have other numbers, so the product's document as it is now was built on. What was accepted in job {}, never imported and is not in this result is not in what is written now: accept it again",
            self.path.display(),
            self.job,
            self.job
        )
    }
}

impl Gone {
    /// That it is not there, and how to have it again.
    pub fn message_ja(&self) -> String {
        let what = if self.differs {
            "今は別の内容です"
        } else {
            "今はありません"
        };
        format!(
            "この処理はすでに終わっていて、書き出したファイルは{what}: {}　もう一度行うには --again を付けてください（--job で名前を付けた処理は、別の名前で）",
            self.path.display()
        )
    }

    /// The same in English.
    pub fn message_en(&self) -> String {
        let what = if self.differs {
            "holds something else now"
        } else {
            "is not there any more"
        };
        format!(
            "this job had ended before, and what it wrote {what}: {}. Give --again to do it once more (a job named by --job: under another name)",
            self.path.display()
        )
    }
}
