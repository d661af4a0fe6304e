mod encode;
mod golden;
