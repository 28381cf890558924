"""Words of shops and services that mean the same, in Vietnamese, Thai and English: how one wish is put in other words.

Each line is one meaning. Vietnamese and English as `features.words` gives them: folded, spelled out, up to three words; a star
stands for any ending. Thai without the marks above, found anywhere in a run.
"""

from __future__ import annotations

_MEANINGS = """
don hang, kien hang, buu kien, don, order*, parcel*, package*, shipment*, purchase*, ออเดอร, คำสังซือ, พัสดุ
giao hang, van chuyen, gui hang, chuyen phat, giao, ship, ship*, deliver*, dispatch*, postage, send, sent, จัดสง, ขนสง, สงของ, สงไป, คาสง
shipper, buu ta, nguoi giao, courier*, driver*, rider*, postman, คนสง, ไรเดอร, ไปรษณีย
phi, cuoc, tien ship, phi ship, fee, fees, charge*, postage, คาสง, คาธรรมเนียม
gia, bao nhieu tien, nhieu tien, price*, cost*, how much, ราคา, กีบาท, เทาไหร
bao lau, may ngay, khi nao, bao gio, chung nao, may hom, when, how long, how many days, กีวัน, เมือไหร, วันไหน, นานไหม
o dau, cho nao, khuc nao, where, located, location*, directions, ทีไหน, อยูไหน, ตรงไหน
tra cuu, theo doi, van don, den dau, toi dau, track*, status, whereabouts, ติดตาม, เลขพัสดุ, เชค, ถึงไหน, สถานะ
tre, cham, qua hen, lau qua, late, delay*, slow, overdue, stuck, taking so long, ชา, ลาชา, เลยกำหนด, นานแลว
nhan duoc, nhan hang, nhan roi, chua nhan, receiv*, arriv*, never got, ไดรับ, รับของ
huy, huy don, bo don, khong lay, khong mua, khong can nua, cancel*, call off, ยกเลิก, ไมเอา
sua, thay doi, cap nhat, chinh sua, doi lai, chang*, updat*, edit*, correct*, modif*, amend*, เปลียน, แกไข, แก
doi hang, doi size, doi mau, doi sang, doi cai, exchang*, swap*, เปลียนสินคา, เปลียนไซ, เปลียนสี, แลก
tra hang, gui tra, tra lai, hoan hang, gui lai, return*, send back, sending back, คืนสินคา, คืนของ, สงคืน, สงกลับ
hoan tien, tra tien lai, lay lai tien, hoan lai, tien ve, refund*, money back, reimburs*, คืนเงิน, เงินคืน
thanh toan, tra tien, chuyen khoan, chuyen tien, quet ma, pay, pays, paying, payment*, paid, transfer*, จาย, ชำระ, โอน
thu ho, cod, tra tien mat, cash, tien mat, เกบเงินปลายทาง, ปลายทาง, เงินสด
ngan hang, so tai khoan, bank, bank account, account number, ธนาคาร, เลขบัญชี
the tin dung, the visa, quet the, card, cards, visa, mastercard, บัตรเครดิต, บัตร
tra gop, gop thang, instal*, monthly, ผอน, รายเดือน
hai lan, hai don, bi trung, twice, double, duplicat*, สองครัง, ซำ, สองรอบ
tru tien, bi tru, charged, debited, deducted, taken from, หักเงิน, ตัดเงิน, ตัดบัตร
giam gia, khuyen mai, uu dai, sale, ma giam, voucher*, coupon*, discount*, promo*, deals, สวนลด, ลดราคา, โปรโมชัน, คูปอง, โคด, โปร
bot, bot gia, mac ca, re hon, dat qua, mac qua, cheaper, lower price, expensive, bargain*, ลดได, ลดหนอย, แพง, ถูกกวา
con hang, het hang, co san, con khong, con size, con mau, stock, in stock, available, sold out, มีของ, ของหมด, สตอก, ยังมี, เหลือ
hang ve, ve hang, ve lai, nhap them, co lai, restock*, back in stock, come back, ของเขา, เขาเมือ, เติมของ, เขาอีก
dat truoc, preorder*, pre order, reserv*, พรีออเดอร, จองลวงหนา, จอง
size, sz, kich co, kich thuoc, so do, mac vua, mac size, sizes, sizing, measurement*, fit me, fits, ไซส, ไซซ, ขนาด, รอบอก
can nang, chieu cao, weigh*, tall, height, cm, นำหนัก, สวนสูง
chat qua, bi chat, nho qua, tight, too small, เลกไป, เลกเกิน
rong qua, bi rong, to qua, loose, baggy, too big, too large, หลวม, ใหญไป, ใหญเกิน
mau, mau sac, colour*, color*, shade*, สีอืน, สีไหน, สีอะไร
chat lieu, vai, chat vai, lam bang, material*, fabric*, cotton, leather, made of, เนือผา, วัสดุ, ทำจาก, ผาอะไร
giat, giat may, giat tay, ui, wash*, laundr*, iron*, shrink*, ซัก, รีด, หดไหม
hinh, hinh that, hinh anh, anh that, video, photo*, picture*, image*, รูป, ภาพ, คลิป
chinh hang, hang that, hang gia, hang nhai, auth, genuine, authentic*, original*, fake*, counterfeit*, ของแท, แทไหม, ของปลอม, ปลอม
bao hanh, warrant*, guarantee*, ประกัน, รับประกัน
sua chua, sua giup, mang sua, repair*, fix, fixed, fixing, mend*, ซอม
bi hu, bi khong, bi vo, bi be, bi loi, bi rach, broken, broke, damag*, defect*, torn, crack*, faulty, shatter*, แตก, พัง, ชำรุด, เสียหาย, ขาดรุย, หัก
khong len, khong chay, khong hoat dong, not working, not work, doesnt work, wont turn on, stopped working, dead, ใชไมได, เปิดไมติด, ไมทำงาน
thieu, giao thieu, con thieu, khong du, missing, incomplete, lack*, not all, short of, ไมครบ, ขาดไป, ของขาด, ไดไมครบ
sai hang, nham hang, giao nham, giao sai, nham, wrong, incorrect*, mix up, not what, ผิด, สงผิด, ไมตรง
dia chi, noi nhan, cho o, address*, ทีอยู, ทีจัดสง
so dien thoai, dien thoai, so may, phone*, mobile*, telephone*, เบอร, โทรศัพท
goi lai, goi dien, goi cho, call me, call back, ring me, โทรกลับ, โทรหา, โทรมา
hoa don, hoa don do, vat, xuat hoa don, invoice*, receipt*, tax, ใบเสรจ, ใบกำกับ, ภาษี
mo cua, dong cua, may gio, gio lam viec, mo may gio, open, opens, opening, close, closes, closing, hours, business hours, เปิดกี, ปิดกี, กีโมง, เวลาทำการ, รานเปิด, รานปิด
cua hang, chi nhanh, showroom*, dia diem, branch*, physical store, outlet*, สาขา, หนาราน, รานอยู
den lay, qua lay, tu lay, lay tai, ghe lay, pick up, pickup, collect*, รับเอง, ไปรับ, รับทีราน
ban si, gia si, mua si, so luong lon, mua nhieu, sll, wholesale*, bulk, large quantity, ขายสง, ราคาสง, จำนวนมาก, ซือเยอะ
dai ly, cong tac vien, ctv, hop tac, dealer*, resell*, distributor*, affiliate*, partner*, dropship*, ตัวแทน, ดรอปชิป, รวมงาน
goi qua, qua tang, tang, lam qua, gift*, wrap*, present for, ของขวัญ, หอ
thiep, loi chuc, loi nhan, greeting card, note inside, handwritten, การด, เขียนขอความ
tich diem, diem, thanh vien, hoi vien, point, points, loyalty, member*, reward*, แตม, คะแนน, สมาชิก
dang nhap, dang nhap duoc, log in, login, sign in, logging in, เขาสูระบบ, ลอกอิน, เขาระบบ, เขาไมได
mat khau, quen mat khau, password*, passcode, รหัสผาน, พาสเวิรด
dang ky, tao tai khoan, register*, sign up, create an account, สมัคร, ลงทะเบียน
xoa tai khoan, xoa thong tin, du lieu, delete my, privacy, personal data, ลบบัญชี, ลบขอมูล, ขอมูลสวนตัว
ma otp, otp, ma xac nhan, ma xac thuc, verification, verify, รหัสยืนยัน
app loi, web loi, trang web, ung dung, app, website, page, crash*, error*, แอป, เวบ, ขึนวา, คาง
dung gui, ngung gui, khong nhan tin, huy dang ky, lam phien, unsubscribe*, stop sending, opt out, spam, เลิกสง, หยุดสง, ไมรับขอความ
nhan vien, nguoi that, tu van vien, quan ly, human, real person, staff, representative, manager, someone, พนักงาน, เจาหนาที, คนจริง, ผูจัดการ
khieu nai, phan nan, that vong, te qua, thai do, buc minh, complain*, disappoint*, terrible, unacceptable, rude, awful, worst, รองเรียน, ผิดหวัง, แยมาก, มารยาท
cam on, hai long, tuyet voi, ung qua, dep lam, thank*, love it, happy with, satisfied, perfect, ขอบคุณ, ประทับใจ, ชอบมาก, ถูกใจ
tuyen dung, viec lam, ung tuyen, tuyen nguoi, job*, hiring, vacanc*, career*, apply for, สมัครงาน, รับสมัคร, ทำงานที
nuoc ngoai, quoc te, abroad, overseas, international*, foreign, ตางประเทศ, เมืองนอก
hoa toc, giao nhanh, trong ngay, giao gap, can gap, express, same day, urgent*, rush, tomorrow, today, ดวน, วันนีเลย, ภายในวัน, ใหทัน
dat lich, lich hen, hen ngay, hen gio, appointment*, schedul*, time slot, นัด, วันนัด, เลือกวัน
huong dan, cach dung, su dung, cach su dung, manual*, instruction*, how to use, วิธีใช, คูมือ, ใชยังไง
han su dung, hsd, het han, expir*, shelf life, best before, หมดอายุ, วันผลิต
thanh phan, ingredient*, contains, สวนผสม, สวนประกอบ
di ung, nhay cam, kich ung, ba bau, allerg*, sensitive, pregnant, แพ, ผิวบอบบาง, คนทอง
dat coc, tien coc, coc, deposit*, มัดจำ
danh gia, review*, feedback, rating*, testimonial*, รีวิว, คอมเมนต
tu van, nen mua, nen chon, nen lay, goi y, recommend*, suggest*, advise, which one, better, best for, แนะนำ, เลือกแบบไหน, รุนไหนดี, ตัวไหนดี
so sanh, khac nhau, khac gi, compar*, differ*, ตางกัน, เปรียบเทียบ
gop don, gop chung, gom don, di chung, combin*, together, merge, one box, รวมออเดอร, สงรวม, รวมกัน
them mon, dat them, mua them, add, adding, another one, one more, เพิม, สังเพิม
hop, bao bi, mop meo, dong goi, box, packag*, dent*, crush*, กลอง, บุบ, แพค
kiem hang, dong kiem, xem hang, mo ra xem, thu hang, inspect*, before paying, try on, เปิดดู, ตรวจสอบกอน, ลองกอน, ลองใส
tet, ngay le, nghi le, nghi tet, holiday*, new year, public holiday, วันหยุด, ปีใหม, สงกรานต, ตรุษจีน
gui xe, do xe, cho dau xe, parking, park, ทีจอดรถ, จอดรถ
toi thieu, it nhat, minimum, at least, ขันตำ, อยางนอย
phu kien, linh kien, accessor*, spare part, spare parts, parts, อะไหล, อุปกรณเสริม
khac ten, khac ho ten, in ten, theu ten, custom*, engrav*, personalis*, personaliz*, สลักชือ, สังทำ
lap dat, lap rap, cai dat, install, installation, assembl*, set up, setup, ติดตัง, ประกอบ
pin, sac, battery, batteries, charger*, charging, แบต, ชารจ
mau moi, hang moi, bo suu tap, new arrival, new arrivals, latest, collection, new model, ของใหม, รุนใหม, คอลเลกชัน
livestream, live, xem live, on live, live stream, ไลฟ, ไลฟสด
bi lua, lua dao, gia mao, scam*, fraud*, impersonat*, phishing, โกง, มิจฉาชีพ, หลอก
tinh trang, qua su dung, do cu, second hand, secondhand, used one, มือสอง
"""

LONGEST = 3  # words of one expression

EXACT: dict[str, tuple[int, ...]] = {}  # expression -> meanings
BEGUN: dict[str, tuple[int, ...]] = {}  # beginning of a word -> meanings
THAI: dict[str, tuple[int, ...]] = {}


def _fill() -> None:
    for meaning, line in enumerate(_MEANINGS.strip().splitlines()):
        for way in dict.fromkeys(part.strip() for part in line.split(",")):
            table = THAI if "\u0e01" <= way[0] <= "\u0e4e" else BEGUN if way.endswith("*") else EXACT
            key = way.rstrip("*")
            table[key] = (*table.get(key, ()), meaning)


_fill()
_SHORTEST = min(map(len, BEGUN))
_LONGEST_BEGINNING = max(map(len, BEGUN))


def meanings(words: list[str]) -> set[int]:
    """Of words as `features.words` gives them."""
    found: set[int] = set()
    for at, word in enumerate(words):
        if "\u0e01" <= word[0] <= "\u0e4e":
            for way, meant in THAI.items():
                if way in word:
                    found.update(meant)
            continue
        for size in range(1, LONGEST + 1):
            found.update(EXACT.get(" ".join(words[at : at + size]), ()))
        for size in range(_SHORTEST, min(len(word), _LONGEST_BEGINNING) + 1):
            found.update(BEGUN.get(word[:size], ()))
    return found
