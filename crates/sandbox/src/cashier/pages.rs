//! How the cashier looks: in Chinese, made for a phone, without anything from elsewhere.
//!
//! The rule not to be broken: text of others goes through the template, which escapes it.

use chrono::{DateTime, Utc};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use money::Minor;
use wire::wechat::escape_segment;

use super::qr::svg_of;
use crate::{
    beijing,
    trades::{Provider, Status, Trade},
};

pub(crate) const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
const NOTHING: &str = "沙箱环境：不会产生真实扣款";

/// What a page shows.
pub(super) struct View<'a> {
    pub(super) trade: &'a Trade,
    pub(super) address: String,
    pub(super) along: Option<&'a str>,
    pub(super) has_back: bool,
    pub(super) now: DateTime<Utc>,
}

impl View<'_> {
    pub(super) fn render(&self, nonce: &str) -> String {
        let inner = match self.trade.status {
            Status::Waiting => self.waiting(),
            Status::Paid => self.ended("paid", "支付成功"),
            Status::Closed if self.trade.expires_at <= self.now => self.ended("closed", "订单已过期"),
            Status::Closed => self.ended("closed", "订单已关闭"),
        };
        let of = self.trade.provider;
        let title = format!("{}收银台", name_of(of));
        let body = html! {
            body class=(of.word()) data-state=(format!("/cashier/{}/state", self.trade.token)) {
                header { strong { (title) } span { "沙箱" } }
                main { (inner) }
                footer { (NOTHING) }
                script nonce=(nonce) { (PreEscaped(SCRIPT)) }
            }
        };
        document(&title, nonce, &body)
    }

    fn waiting(&self) -> Markup {
        let left = self.trade.expires_at.signed_duration_since(self.now).num_seconds().max(0);
        let to = |step: &str| address(&self.trade.token, step, self.along);
        html! {
            (self.sum())
            p id="left" data-left=(left) { "剩余支付时间 " b { (time_left(left)) } }
            form method="post" action=(to("/pay")) { button class="go" id="pay" { "确认支付 ¥" (self.yuan()) } }
            form method="post" action=(to("/give-up")) { button class="no" { "放弃支付" } }
            @if let Some(code) = svg_of(&self.address) {
                section class="code" { (PreEscaped(code)) p { "也可以用手机扫码打开本页" } }
            }
        }
    }

    fn ended(&self, class: &str, text: &str) -> Markup {
        html! {
            div class={ "end " (class) } { i { (if class == "paid" { "✓" } else { "✕" }) } h1 { (text) } }
            (self.sum())
            @if self.has_back {
                a class="go" id="back" href=(address(&self.trade.token, "/return", self.along)) { "返回商家" }
            } @else {
                p class="hint" { "现在可以关闭本页" }
            }
        }
    }

    fn sum(&self) -> Markup {
        let trade = self.trade;
        html! {
            section class="sum" {
                p class="amount" { small { "¥" } (self.yuan()) }
                dl {
                    dt { "收款方" } dd { "dormpay 合租记账（沙箱商户）" }
                    dt { "商品" } dd { (trade.subject) }
                    dt { "订单号" } dd class="number" { (trade.out_trade_no) }
                    @if let Some(at) = trade.paid_at { dt { "支付时间" } dd { (beijing::spaced(at)) } }
                    @if trade.refunded_fen > 0 { dt { "已退款" } dd { "¥" (Minor::new(trade.refunded_fen)) } }
                }
            }
        }
    }

    fn yuan(&self) -> String {
        Minor::new(self.trade.amount_fen).to_string()
    }
}

/// Gives an address of a trade's cashier; what came along goes along.
pub(super) fn address(token: &str, step: &str, along: Option<&str>) -> String {
    let query = along.map(|url| format!("?redirect_url={}", escape_segment(url))).unwrap_or_default();
    format!("/cashier/{}{step}{query}", escape_segment(token))
}

/// Writes a page of one sentence.
pub(crate) fn message_page(title: &str, text: &str) -> String {
    let body = html! {
        body { header { strong { (title) } } main { p class="hint" { (text) } } footer { (NOTHING) } }
    };
    document(title, "", &body)
}

pub(crate) fn document(title: &str, nonce: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style nonce=(nonce) { (PreEscaped(STYLE)) }
            }
            (body)
        }
    };
    page.into_string()
}

/// Gives the provider's name.
pub(crate) const fn name_of(provider: Provider) -> &'static str {
    match provider {
        Provider::Alipay => "支付宝",
        Provider::Wechat => "微信支付",
        Provider::Unionpay => "银联在线支付",
    }
}

fn time_left(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (hours, minutes, seconds) =
        (rest.div_euclid(3_600), rest.rem_euclid(3_600).div_euclid(60), rest.rem_euclid(60));
    let clock = format!("{hours:02}:{minutes:02}:{seconds:02}");
    if days > 0 { format!("{days}天 {clock}") } else { clock }
}
