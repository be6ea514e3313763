// What is named, and the tables that only begin like it. Pure.
#include "ingest/bytes/other_formats.h"

#include <gtest/gtest.h>

#include "ingest/bytes/nearly_json.h"

namespace sluice::ingest {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

std::string binary(std::string_view head) {
  const std::optional<OtherFormat> found = other_binary_format(head);
  if (!found) return "";
  EXPECT_TRUE(found->remedy.ends_with('.')) << found->name;
  return std::string(found->name);
}

std::string text(std::string_view head) {
  std::optional<OtherFormat> found = markup_format(head);
  if (!found) found = other_text_format(head);
  if (!found) return "";
  EXPECT_TRUE(found->remedy.ends_with('.')) << found->name;
  return std::string(found->name);
}

TEST(OtherBinaryFormat, ByBytesAtTheirPlaces) {
  const std::string dbase = "\x03\x7C\x01\x05\x02\0\0\0\x41\0\x14\0"s + std::string(20, '\0') +
                            "NAME\0\0\0\0\0\0\0C"s + std::string(20, '\0') + "\x0D ann";
  EXPECT_EQ(binary(dbase), "a dBASE file (.dbf)");
  std::string tar(512, '\0');
  tar.replace(0, 5, "a.csv");
  tar.replace(148, 8, "001333\0 "s);  // The sum of the name, and of eight blanks.
  EXPECT_TRUE(is_tar(tar));
  tar[0] = 'b';
  EXPECT_FALSE(is_tar(tar)) << "its sum is another";
  const std::pair<std::string_view, const char*> heads[] = {
      {"\x80\x04\x95\x1F"sv, "a pickle of Python"},
      {"(lp0\nI1\na."sv, "a pickle of Python"},
      {"SQLite format 3\0\x10"sv, "a SQLite database"},
      {"12345678DUCK\x40\0\0"sv, "a DuckDB database"},
      {"ORC\n\x03\0\x01"sv, "an ORC file"},
      {"ARROW1\0\0"sv, "an Arrow file (Feather)"},
      {"\x89HDF\r\n\x1A\n"sv, "an HDF5 file"},
      {"X\n\0\0\0\x03"sv, "a file of R (RDS)"},
      {"\0\0\0\0\0\0\0\0\0\0\0\0\xC2\xEA\x81\x60\xB3\x14\x11\xCF\xBD\x92\x08\0\x09\xC7\x31\x8C"sv,
       "a SAS data set"},
      {"$FL2@(#) SPSS"sv, "an SPSS file"},
      {"7z\xBC\xAF\x27\x1C"sv, "a 7z archive"},
      {"\x04\x22\x4D\x18\x64"sv, "an lz4 file"},
      {"\0\x01\0\0Standard ACE DB\0"sv, "a database of Microsoft Access"},
      {"\0\x05\x16\x07"sv, "what macOS keeps beside a file (._name), not the file"},
  };
  for (const auto& [head, name] : heads) EXPECT_EQ(binary(head), name);
}

TEST(OtherBinaryFormat, TablesThatBeginAlike) {
  for (const std::string_view head :
       {"ORCID,name\n0000-1,x\n"sv, "ORC,n\n1,2\n"sv, "BZh,km\n1,2\n"sv, "BZh1,BZh2\n1,2\n"sv,
        "1234567,DUCK\n"sv, "HyPe,n\n"sv, "FEA1,FEA2\n1,2\n"sv, "ID3,ID4\n"sv, "BM,n\n1,2\n"sv,
        "MZ,n\n"sv, "2,a\r\n3,b\r\n"sv, "abcdftyp,n\n1,2\n"sv, "Rar!,n\n"sv}) {
    EXPECT_EQ(binary(head), "") << head;
  }
}

TEST(OtherTextFormat, ByItsWords) {
  const std::pair<std::string_view, const char*> heads[] = {
      {"<style>td{}</style><table>", "an HTML page"},
      {"<!-- saved -->\n<html>", "an HTML page"},
      {"<!DOCTYPE HTML PUBLIC>", "an HTML page"},
      {"<div class=\"x\">", "an HTML page"},
      {"<Workbook xmlns=\"urn\"><Worksheet></Worksheet>", "an XML spreadsheet (Excel 2003)"},
      {"<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<ss:Workbook>",
       "an XML spreadsheet (Excel 2003)"},
      {"<rows><row/></rows>", "an XML document"},
      {"<?xml version=\"1.0\"?><rows>", "an XML document"},
      {"MIME-Version: 1.0\nContent-Type: multipart/related;\n boundary=x\n\n--x\n",
       "a web page in one file (MHTML)"},
      {"From: <Saved by a browser>\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: "
       "multipart/related\r\n\r\n",
       "a web page in one file (MHTML)"},
      {"Received: by x\nFrom: a\nSubject: b\n\nhello", "a mail (MIME)"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
       "a pointer of Git LFS, not the file that it stands for"},
      {"-- MySQL dump\n\n/*!40101 SET NAMES utf8 */;\nDROP TABLE IF EXISTS `t`;\n",
       "SQL, such as a dump of a database"},
      {"--\n-- PostgreSQL database dump\n--\n\nSET statement_timeout = 0;\nCREATE TABLE t (i "
       "int);\n",
       "SQL, such as a dump of a database"},
      {"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE t(i);\n",
       "SQL, such as a dump of a database"},
      {"insert into t (a) values (1),\n(2)", "SQL, such as a dump of a database"},
      {"SELECT a, b\nFROM t;\n", "SQL, such as a dump of a database"},
      {"| a | b |\n|---|--:|\n| 1 | 2 |\n", "a table in Markdown"},
      {"# Figures\n\nOf this year, and more:\n\na | b\n--- | ---\n1 | 2\n", "a table in Markdown"},
      {"ID;PWXL;N;E\r\nB;Y1;X1\r\nC;Y1;X1;K\"id\"\r\nE\r\n",
       "a SYLK sheet (.slk, a symbolic link)"},
      {"---\n- id: 1\n  name: x\n", "YAML"},
      {"% a comment\n@RELATION iris\n", "an ARFF file (Weka)"},
  };
  for (const auto& [head, name] : heads) EXPECT_EQ(text(head), name) << head;
}

TEST(OtherTextFormat, TablesThatBeginAlike) {
  for (const std::string_view head :
       {"<DATE>,<OPEN>,<CLOSE>\n1,2,3\n"sv, "<TICKER>\t<PER>\n"sv, "<title>;<link>\n1;2\n"sv,
        "<5,>=5\n1,2\n"sv, "<a\n1\n"sv, "ID;Price\nC;3\n"sv, "ID;PN\nC;X\n"sv,
        "Begin;End\n1;2;\n"sv, "select all,from\n1,2\n"sv, "Update,Set\n1,2\n"sv, "use,n\n"sv,
        "-- report\na,b\n"sv, "Insert into,Row\n1,2\n"sv, "a|b\n1|2\n---|x\n"sv,
        "a,b\n\"| x | y |\n|---|---|\",1\n"sv, "---,b\n1,2\n"sv, "From: x,To: y\n1,2\n"sv,
        "Name: a\nAge: 3\n"sv, "version,oid\n"sv}) {
    EXPECT_EQ(text(head), "") << head;
  }
}

std::string fault(std::string_view head) {
  const std::optional<NearlyJson> found = nearly_json(head);
  return found ? std::string(found->fault) : "";
}

TEST(NearlyJson, WhatOtherLanguagesWrite) {
  const std::pair<std::string_view, const char*> heads[] = {
      {"{'id': 1, 'name': 'x, y'}", "single quotes"},
      {"[{'id': 1}]", "single quotes"},
      {"['a', 'b']", "single quotes"},
      {"{u'id': 1}", "single quotes"},
      {"[(1, 'a')]", "tuples"},
      {"{id: 1, name: \"x\"}", "no quotes"},
      {"[\n  {id : 1}\n]", "no quotes"},
      {"{\"id\" => 1}", "=>"},
      {"{:id=>1}", ""},
      {"// made today\n[\n {\"id\": 1}]", "comment"},
      {"/* a */ {\"id\": 1}", "comment"},
      {"# a log\n{\"id\": 1}\n", "comment"},
      {"{ // a\n\"id\": 1}", "comment"},
      {")]}',\n[{\"id\": 1}]", "guard"},
      {"while(1);[{\"id\":1}]", "guard"},
      {"callback({\"id\": 1});", "script"},
      {"var rows = [{\"id\": 1}];", "script"},
      {"window.data={\"a\":1}", "script"},
      {"\"{\\\"id\\\": 1}\"\n", "twice"},
      {"\x1E{\"id\":1}\n", "0x1E"},
  };
  for (const auto& [head, word] : heads) {
    EXPECT_NE(fault(head).find(word), std::string::npos) << head << ": " << fault(head);
    EXPECT_EQ(fault(head).empty(), *word == '\0') << head;
  }
}

TEST(NearlyJson, JsonAndTablesAreNot) {
  for (const std::string_view head :
       {"{\"a\":1}"sv, "[{\"a\":1}]"sv, "[1,2]"sv, "[[1]]"sv, "{}"sv, "[name],[price]\n"sv,
        "{id},{name}\n"sv, "# a,b\n1,2\n"sv, "# note\n[name],[price]\n"sv, "// a\nx,y\n"sv,
        "f(x),g(x)\n1,2\n"sv, "a=[1],b\n"sv, "\"a\",\"b\"\n"sv, "{id\n1\n"sv, "[time: s],b\n"sv,
        "throw 1;2\n"sv}) {
    EXPECT_EQ(fault(head), "") << head;
  }
}

}  // namespace
}  // namespace sluice::ingest
