//! The sandbox in sentences, over real sockets, with the merchant's side of `wire`.
//!
//! Time is moved by hand; what the worker then does is waited for with a bound. Keys are made once for all tests.

mod alipay;
mod bad_input;
mod callbacks;
mod control;
mod merchant;
mod notifications;
mod pages;
mod races;
mod restart;
mod settings;
mod stage;
mod unionpay;
mod unionpay_refunds;
mod wechat;
mod wechat_refunds;

use self::{
    merchant::Merchant,
    stage::{Inbox, Stage},
};
