//! The req/res/face folders shared with a 資格確認端末
