//! オンライン資格確認 messages: typed requests and answers of the terminal's file interface
